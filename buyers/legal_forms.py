"""Legal forms of companies, abbreviated and in full, as they stand at the end of a name or before it.

Spellings are folded (nt24/folding.py) and in Latin letters; dots and blanks do not matter, so `s r l` is also `S.R.L.`
and `SRL`. Sources: the annexes of Directive (EU) 2017/1132 for companies with limited liability, the registers of
the member states for the rest.
"""

from collections.abc import Collection, Mapping, Sequence

FORMS: Mapping[str, str] = {
    # Germany, Austria
    "GMBH": "gmbh | ges mbh | gesellschaft mbh | gesellschaft mit beschrankter haftung | mbh",
    "UG": "ug | ug haftungsbeschrankt | unternehmergesellschaft | unternehmergesellschaft haftungsbeschrankt",
    "AG": "ag | aktiengesellschaft",
    "KG": "kg | kommanditgesellschaft",
    "CO": "co | cie | cia | comp | compagnie | compania | companhia | company",
    "KGAA": "kgaa | kommanditgesellschaft auf aktien",
    "OHG": "ohg | offene handelsgesellschaft | og | offene gesellschaft",
    "GBR": "gbr | gesellschaft burgerlichen rechts",
    "EK": "ek | e kfm | e kfr | eingetragener kaufmann | eingetragene kauffrau | eu",
    "EG": "eg | eingetragene genossenschaft",
    "SE": "se | societas europaea",
    # France, Belgium, Luxembourg
    "SARL": "sarl | societe a responsabilite limitee",
    "EURL": "eurl | entreprise unipersonnelle a responsabilite limitee",
    "SAS": "sas | societe par actions simplifiee",
    "SASU": "sasu | societe par actions simplifiee unipersonnelle",
    "SA": "sa | societe anonyme | sociedad anonima | sociedade anonima | spolka akcyjna | societate pe actiuni",
    "EI": "ei | eirl | entreprise individuelle",
    "SNC": "snc | societe en nom collectif | societa in nome collettivo",
    "BV": "bv | bvba | besloten vennootschap | besloten vennootschap met beperkte aansprakelijkheid",
    "NV": "nv | naamloze vennootschap",
    "CVBA": "cvba | scrl",
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
    "KS": "ks | komanditni spolecnost | komanditna spolocnost | kommanditselskab",
    "VOS": "vos | verejna obchodni spolecnost | verejna obchodna spolocnost",
    # Hungary
    "KFT": "kft | korlatolt felelossegu tarsasag",
    "ZRT": "zrt | zartkoruen mukodo reszvenytarsasag",
    "NYRT": "nyrt | nyilvanosan mukodo reszvenytarsasag",
    "BT": "bt | beteti tarsasag",
    "RT": "rt",
    "EV": "ev | egyeni vallalkozo",
    # Slovenia, Croatia
    "DOO": "doo | druzba z omejeno odgovornostjo | drustvo s ogranicenom odgovornoscu",
    "JDOO": "jdoo | jednostavno drustvo s ogranicenom odgovornoscu",
    "SP": "sp | samostojni podjetnik",
    "OBRT": "obrt",
    "DD": "dd | delniska druzba | dionicko drustvo",
    # Bulgaria (as transliterated)
    "OOD": "ood | druzhestvo s ogranichena otgovornost",
    "EOOD": "eood | ednolichno druzhestvo s ogranichena otgovornost",
    "AD": "ad | ead",
    "ET": "et | ednolichen targovets",
    # Greece, Cyprus (as transliterated)
    "EPE": "epe",
    "AE": "ae",
    "IKE": "ike | monoprosopi ike | mike",
    "OE": "oe",
    "EE": "ee",
    # The North and the Baltics
    "APS": "aps | anpartsselskab",
    "IVS": "ivs",
    "AB": "ab | aktiebolag | akcine bendrove",
    "HB": "hb | handelsbolag",
    "OY": "oy | osakeyhtio",
    "OYJ": "oyj",
    "KY": "ky | kommandiittiyhtio",
    "TMI": "tmi | toiminimi",
    "IS": "is | interessentskab",
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
    # No forms, but written behind them while a company begins or ends
    "FOUNDED": "ig | in grundung",
    "WOUND_UP": "il | in liquidation | en liquidation | in liquidazione | en liquidacion | w likwidacji | v likvidaci",
}
FORM_OF: Mapping[str, str] = {
    spelling.replace(" ", ""): form
    for form, spellings in FORMS.items()
    for spelling in spellings.split(" | ")
}
# Before a form that follows a name: `Meyer und Co.`, `Dupont et Cie`; single letters might belong to the name.
AND_BEFORE_A_FORM = frozenset({"&", "+", "und", "and", "et", "og", "och"})
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
    core = list(words)
    forms: set[str] = set()
    while core:
        # The "and" first: `et` is also a form of Bulgaria.
        found = ("", 1) if is_left_over(core[-1], forms) else form_at_end(core)
        if not found[1]:
            break
        forms.add(found[0])
        del core[-found[1] :]
    while core and ((found := form_at_start(core))[1] or core[0] in "&+"):
        forms.add(found[0])
        del core[: found[1] or 1]
    forms.discard("")
    return (core, frozenset(forms)) if core else (list(words), frozenset())


def is_left_over(word: str, forms: Collection[str]) -> bool:
    """Whether a last word is the "and" of a form that stood behind it."""
    return word in "&+" or (bool(forms) and word in AND_BEFORE_A_FORM)


def without_forms_inside(words: Sequence[str]) -> list[str]:
    """Without the forms between other words: `Nowak Jan F.H.U. Auto`."""
    core, place = list(words), 1
    while place < len(core):
        count = form_at_start(core[place:])[1]
        if count:
            del core[place : place + count]
        else:
            place += 1
    return core
