"""Whether two names are one company for a person (contract 17.15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buyers.company_names import Likeness, likeness
from buyers.legal_forms import FORMS

SAME = [
    ("Müller GmbH", "MUELLER G.m.b.H."),
    ("Autohaus Müller GmbH", "Autohaus Muller Gesellschaft mit beschränkter Haftung"),
    ("Auto Handel Kowalski Sp. z o.o.", "Kowalski Auto Handel spółka z ograniczoną odpowiedzialnością"),
    ("IMPORT ŞTEFAN SRL", "Import Ștefan S.R.L."),
    ("Groß & Söhne OHG", "GROSS UND SOEHNE OHG"),
    ("Авто Иванов ЕООД", "Avto Ivanov EOOD"),
    ("Αυτοκίνητα Παπαδόπουλος ΕΠΕ", "Aftokinita Papadopoulos E.P.E."),
    ("Žalgirio automobiliai, UAB", "UAB „Zalgirio Automobiliai“"),
    ("Dupont et Fils SARL", "DUPONT & FILS"),
    ("Garcia y Hijos S.L.", "García & Hijos Sociedad Limitada"),
    ("Fa. Autohaus Meier, Inh. Hans Meier", "Autohaus Meier"),
    ("Muster-Auto  GmbH.", "MUSTER AUTO GMBH"),
    ("Øresund Biler ApS", "Oeresund  Biler, Anpartsselskab"),
    ("Auto-Moto s.r.o.", "AUTO MOTO spol. s r.o."),
    ("Čačak Auto d.o.o.", "CACAK AUTO DOO"),
    ("Tartu Autod OÜ", "Osaühing Tartu Autod"),
    ("A & B Autos BV", "A en B Autos B.V."),
    ("Autohaus Weiß GmbH & Co. KG", "Autohaus Weiss GmbH u. Co. Kommanditgesellschaft".replace(" u.", " &")),
    ("Kovács Autó Kft.", "Kovacs Auto Korlátolt Felelősségű Társaság"),
    ("Automóveis Gonçalves, Lda.", "AUTOMOVEIS GONCALVES LIMITADA"),
    ("İstanbul Motors", "ISTANBUL MOTORS"),
    ("Meyer & Co. KG", "Meyer und Co KG"),
    ("Dupont et Cie SA", "DUPONT & CIE S.A."),
    ("Jensen & Co. ApS", "Jensen og Co ApS"),
    ("Müller u. Söhne GmbH", "Mueller & Soehne GmbH"),
    ("Đurić Auto d.o.o.", "DJURIC AUTO DOO"),
    ("ЕТ Иван Петров", "Ivan Petrov"),
    ("Avto Novak s.p.", "AVTO NOVAK"),
]
SIMILAR = [
    ("Mueller Autos", "Muller Autos"),
    ("Autohaus Müller GmbH", "Autohaus Müller AG"),
    ("Аuto Kowalski", "Auto Kowalski"),
    ("Αuto Kowalski", "Auto Kowalski"),
    ("ОРАСЕ", "OPACE"),
    ("AUTO HANDEL KOWALSKI SP. Z", "Auto Handel Kowalski Sp. z o.o."),
    ("Vehicules d'Occasion du Nord-Pas", "Véhicules d’Occasion du Nord-Pas-de-Calais SARL"),
    ("Autohandelsges. Meier mbH", "Autohandelsgesellschaft Meier mbH"),
    ("Kowalsky Auto Handel", "Kowalski Auto Handel"),
    ("Autohaus Meier, Inh. Hans Meier", "Autohaus Meier, Inh. Eva Meier"),
    ("Николай Авто ООД", "Nikolaj Avto OOD"),
    ("Nowak Jan F.H.U. Auto", "F.H.U. AUTO Jan Nowak"),
    ("Autohaus GmbH Meier", "Meier Autohaus GmbH"),
    ("Autohaus Meier GmbH", "Autohaus Meier GmbH i.L."),
    ("Garage Petit SARL", "GARAGE PETIT SARL EN LIQUIDATION"),
]
DIFFERENT = [
    ("Somebody Else", "Auto Handel Kowalski Sp. z o.o."),
    ("Auto Meier", "Auto Maier"),
    ("Autohaus 1 GmbH", "Autohaus 2 GmbH"),
    ("Muster Autos B.V.", "Muster Auto B.V."),
    ("…", "Muster"),
    ("GmbH", "Muster GmbH"),
    ("B Autos", "A & B Autos"),
    ("Auto Schmidt GmbH", "Auto Schneider GmbH"),
    ("Meyer und Sohn KG", "Meyer KG"),
    ("Nowak GmbH Auto", "Kowalski Auto GmbH"),
    ("Müller", "Möller"),
    ("Müller Autohandel", "Müller"),
    ("Аuto Nowak", "Auto Kowalski"),
    ("Авто Иванов ЕООД", "Авто Петров ЕООД"),
]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        *((*pair, Likeness.SAME) for pair in SAME),
        *((*pair, Likeness.SIMILAR) for pair in SIMILAR),
        *((*pair, Likeness.DIFFERENT) for pair in DIFFERENT),
    ],
)
def test_names_are_compared_as_a_person_does(one, other, expected):
    assert (likeness(one, other), likeness(other, one)) == (expected, expected)


@pytest.mark.parametrize("form", FORMS)
def test_every_spelling_of_a_legal_form_is_the_form(form):
    spellings = FORMS[form].split(" | ")

    for spelling in spellings:
        dotted = ".".join(spelling.replace(" ", "")) + "." if len(spelling) <= 6 else spelling
        for written in (spelling, spelling.upper(), dotted):
            assert likeness(f"Zweirad Winkler {written}", f"Zweirad Winkler {spellings[0]}") == Likeness.SAME
            assert likeness(f"Zweirad Winkler {written}", "Zweirad Winkler") == Likeness.SAME


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_two_texts_break_it_and_the_order_does_not_matter(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == Likeness.SAME
