"""What the papers are called at home: names of registers and certificates, by the country of the VAT number.

Proper names, so they are not translated; a country (Malta) or a name is missing where we are not sure.
"""

from dataclasses import dataclass

from nt24.vat_numbers import identity_of


@dataclass(frozen=True, slots=True)
class LocalNames:
    """`language` is that of the names, for screen readers; an empty name is shown to nobody.

    `usually` introduces a name to readers of that language: "in Poland" has an ending of its own in most of them.
    """

    language: str
    register: str
    vat: str = ""
    usually: str = ""


LOCAL_NAMES: dict[str, LocalNames] = {
    "AT": LocalNames("de", "Firmenbuchauszug, Gewerbeschein", "UID-Bescheid", usually="In Österreich meist:"),
    "BE": LocalNames("nl", "uittreksel KBO / extrait BCE", usually="In België meestal:"),
    "BG": LocalNames(
        "bg",
        "извлечение от Търговския регистър",
        "удостоверение за регистрация по ЗДДС",
        usually="В България обикновено:",
    ),
    "CY": LocalNames(
        "el",
        "πιστοποιητικό του Εφόρου Εταιρειών",
        "πιστοποιητικό εγγραφής ΦΠΑ",
        usually="Στην Κύπρο συνήθως:",
    ),
    "CZ": LocalNames(
        "cs",
        "výpis z obchodního nebo živnostenského rejstříku",
        "osvědčení o registraci k DPH",
        usually="V Česku obvykle:",
    ),
    "DE": LocalNames(
        "de",
        "Handelsregisterauszug, Gewerbeanmeldung",
        "Mitteilung der USt-IdNr. (BZSt)",
        usually="In Deutschland meist:",
    ),
    "DK": LocalNames("da", "CVR-udskrift", "registreringsbevis for moms", usually="I Danmark normalt:"),
    "EE": LocalNames("et", "äriregistri väljavõte", usually="Eestis tavaliselt:"),
    "EL": LocalNames("el", "πιστοποιητικό ΓΕΜΗ", usually="Στην Ελλάδα συνήθως:"),
    "ES": LocalNames(
        "es",
        "nota simple del Registro Mercantil",
        "certificado de alta en el ROI (VIES)",
        usually="En España, normalmente:",
    ),
    "FI": LocalNames("fi", "kaupparekisteriote", usually="Suomessa yleensä:"),
    "FR": LocalNames(
        "fr",
        "extrait Kbis",
        "attestation de numéro de TVA intracommunautaire",
        usually="En France, généralement :",
    ),
    "HR": LocalNames(
        "hr",
        "izvadak iz sudskog ili obrtnog registra",
        "potvrda o PDV ID broju",
        usually="U Hrvatskoj obično:",
    ),
    "HU": LocalNames(
        "hu", "cégkivonat", "NAV-igazolás a közösségi adószámról", usually="Magyarországon általában:"
    ),
    "IE": LocalNames(
        "en", "CRO company printout", "VAT registration notice", usually="Usual name in Ireland:"
    ),
    "IT": LocalNames(
        "it",
        "visura camerale",
        "certificato di attribuzione della partita IVA",
        usually="In Italia di solito:",
    ),
    "LT": LocalNames(
        "lt",
        "Registrų centro išrašas",
        "PVM mokėtojo registracijos pažymėjimas",
        usually="Lietuvoje paprastai:",
    ),
    "LU": LocalNames(
        "fr",
        "extrait du RCS",
        "attestation d’immatriculation à la TVA",
        usually="Au Luxembourg, généralement :",
    ),
    "LV": LocalNames("lv", "Uzņēmumu reģistra izziņa", usually="Latvijā parasti:"),
    "NL": LocalNames(
        "nl",
        "uittreksel KvK",
        "bericht met het btw-id van de Belastingdienst",
        usually="In Nederland meestal:",
    ),
    "PL": LocalNames(
        "pl", "odpis z KRS albo wydruk z CEIDG", "potwierdzenie VAT-5UE", usually="W Polsce zwykle:"
    ),
    "PT": LocalNames("pt", "certidão permanente", usually="Em Portugal, normalmente:"),
    "RO": LocalNames(
        "ro",
        "certificat constatator (ONRC)",
        "certificat de înregistrare în scopuri de TVA",
        usually="În România, de obicei:",
    ),
    "SE": LocalNames(
        "sv",
        "registreringsbevis från Bolagsverket",
        "momsregistreringsbevis",
        usually="I Sverige vanligtvis:",
    ),
    "SI": LocalNames(
        "sl",
        "izpis iz Poslovnega registra (AJPES)",
        "potrdilo o identifikaciji za namene DDV",
        usually="V Sloveniji običajno:",
    ),
    "SK": LocalNames(
        "sk",
        "výpis z obchodného alebo živnostenského registra",
        "osvedčenie o registrácii pre daň (IČ DPH)",
        usually="Na Slovensku zvyčajne:",
    ),
}


def local_names_of(vat_number: str) -> LocalNames | None:
    return LOCAL_NAMES.get(identity_of(vat_number)[:2])
