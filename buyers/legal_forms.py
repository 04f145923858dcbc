"""Legal forms of companies, abbreviated and in full, as they stand at the end of a name or before it.

Spellings are folded (nt24/folding.py) and in Latin letters; dots and blanks do not matter, so `s r l` is also `S.R.L.`
and `SRL`. Sources: the annexes of Directive (EU) 2017/1132 for companies with limited liability, the registers of
the member states for the rest.
"""

from collections.abc import Mapping, Sequence

FORMS: Mapping[str, str] = {
    # Germany, Austria
    "GMBH": "gmbh | ges mbh | gesellschaft mbh | gesellschaft mit beschrankter haftung | mbh",
    "UG": "ug | ug haftungsbeschrankt | unternehmergesellschaft | unternehmergesellschaft haftungsbeschrankt",
    "AG": "ag | aktiengesellschaft",
    "KG": "kg | kommanditgesellschaft",
    "CO": "co | cie | comp | compagnie | company",
    "KGAA": "kgaa | kommanditgesellschaft auf aktien",
    "OHG": "ohg | offene handelsgesellschaft | og | offene gesellschaft",
    "GBR": "gbr | gesellschaft burgerlichen rechts",
    "EK": "ek | e kfm | e kfr | eingetragener kaufmann | eingetragene kauffrau | eu",
    "SE": "se | societas europaea",
    # France, Belgium, Luxembourg
    "SARL": "sarl | societe a responsabilite limitee",
    "EURL": "eurl | entreprise unipersonnelle a responsabilite limitee",
    "SAS": "sas | societe par actions simplifiee",
    "SASU": "sasu | societe par actions simplifiee unipersonnelle",
    "SA": "sa | societe anonyme | sociedad anonima | sociedade anonima | spolka akcyjna | societate pe actiuni",
    "SNC": "snc | societe en nom collectif | societa in nome collettivo",
    "BV": "bv | bvba | besloten vennootschap | besloten vennootschap met beperkte aansprakelijkheid",
    "NV": "nv | naamloze vennootschap",
    "VOF": "vof | vennootschap onder firma",
    "CV": "cv | commanditaire vennootschap",
    # Italy
    "SRL": "srl | societa a responsabilita limitata | societate cu raspundere limitata | societate cu raspundere "
    "limitata debutant",
    "SRLS": "srls | societa a responsabilita limitata semplificata",
    "SPA": "spa | societa per azioni",
    "SAPA": "sapa | societa in accomandita per azioni",
    "SAS_IT": "societa in accomandita semplice",
    # Spain, Portugal
    "SL": "sl | slu | sociedad limitada | sociedad de responsabilidad limitada",
    "SAU": "sau",
    "LDA": "lda | limitada | unipessoal lda | unipessoal limitada | sociedade por quotas",
    # Poland
    "SPZOO": "sp z oo | spolka z oo | spolka z ograniczona odpowiedzialnoscia",
    "SPK": "sp k | spk | spolka komandytowa",
    "SPJ": "sp j | spj | spolka jawna",
    "SC": "sc | spolka cywilna | societate comerciala",
    "PHU": "phu | fhu | pphu | ppuh | przedsiebiorstwo handlowo uslugowe | firma handlowo uslugowa",
    # Romania
    "PFA": "pfa | persoana fizica autorizata",
    "II": "ii | intreprindere individuala",
    # Czechia, Slovakia
    "SRO": "sro | spol sro | spolecnost s rucenim omezenym | spolocnost s rucenim obmedzenym",
    "AS": "as | akciova spolecnost | akciova spolocnost | aktieselskab | aksjeselskap | aktsiaselts",
    "KS": "ks | komanditni spolecnost",
    # Hungary
    "KFT": "kft | korlatolt felelossegu tarsasag",
    "ZRT": "zrt | zartkoruen mukodo reszvenytarsasag",
    "NYRT": "nyrt | nyilvanosan mukodo reszvenytarsasag",
    "BT": "bt | beteti tarsasag",
    "RT": "rt",
    # Slovenia, Croatia
    "DOO": "doo | druzba z omejeno odgovornostjo | drustvo s ogranicenom odgovornoscu",
    "JDOO": "jdoo | jednostavno drustvo s ogranicenom odgovornoscu",
    "DD": "dd | delniska druzba | dionicko drustvo",
    # Bulgaria (as transliterated)
    "OOD": "ood | druzhestvo s ogranichena otgovornost",
    "EOOD": "eood | ednolichno druzhestvo s ogranichena otgovornost",
    "AD": "ad | ead",
    # Greece, Cyprus (as transliterated)
    "EPE": "epe",
    "AE": "ae",
    "IKE": "ike | monoprosopi ike",
    "OE": "oe",
    # The North and the Baltics
    "APS": "aps | anpartsselskab",
    "IVS": "ivs",
    "AB": "ab | aktiebolag | akcine bendrove",
    "HB": "hb | handelsbolag",
    "OY": "oy | osakeyhtio",
    "OYJ": "oyj",
    "OU": "ou | osauhing",
    "SIA": "sia | sabiedriba ar ierobezotu atbildibu",
    "UAB": "uab | uzdaroji akcine bendrove",
    "MB": "mb | mazoji bendrija",
    # Ireland, Malta, Northern Ireland
    "LTD": "ltd | limited | private limited company",
    "PLC": "plc | public limited company",
    "LLP": "llp",
    "LLC": "llc",
    "INC": "inc",
    "DAC": "dac | designated activity company",
}
FORM_OF: Mapping[str, str] = {
    spelling.replace(" ", ""): form
    for form, spellings in FORMS.items()
    for spelling in spellings.split(" | ")
}
MOST_WORDS = 9  # of a form, with every letter of `s r l` a word of its own


def form_at_end(words: Sequence[str]) -> tuple[str, int]:
    """The form that the last words are, and how many they are; ("", 0) when they are none."""
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        if form := FORM_OF.get("".join(words[-count:])):
            return form, count
    return "", 0


def form_at_start(words: Sequence[str]) -> tuple[str, int]:
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        if form := FORM_OF.get("".join(words[:count])):
            return form, count
    return "", 0


def taken_apart(words: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """The words without the forms around them, and those forms; a name that is nothing else stays whole.

    `&` and `+` may be among the words: they keep `A & B` from being read as the form AB.
    """
    core, forms = list(words), set()
    while core and ((found := form_at_end(core))[1] or core[-1] in "&+"):
        forms.add(found[0])
        del core[-(found[1] or 1) :]
    while core and ((found := form_at_start(core))[1] or core[0] in "&+"):
        forms.add(found[0])
        del core[: found[1] or 1]
    forms.discard("")
    return (core, frozenset(forms)) if core else (list(words), frozenset())
