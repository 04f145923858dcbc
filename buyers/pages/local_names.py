"""What the papers are called at home: names of registers and certificates, by the country of the VAT number.

Proper names, so they are not translated; a country is missing where we are not sure.
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
    "CZ": LocalNames(
        "cs", "výpis z obchodního nebo živnostenského rejstříku", "osvědčení o registraci k DPH"
    ),
    "DE": LocalNames(
        "de",
        "Handelsregisterauszug, Gewerbeanmeldung",
        "Mitteilung der USt-IdNr. (BZSt)",
        usually="In Deutschland meist:",
    ),
    "DK": LocalNames("da", "CVR-udskrift", "registreringsbevis for moms"),
    "EE": LocalNames("et", "äriregistri väljavõte"),
    "ES": LocalNames(
        "es",
        "nota simple del Registro Mercantil",
        "certificado de alta en el ROI (VIES)",
        usually="En España, normalmente:",
    ),
    "FI": LocalNames("fi", "kaupparekisteriote"),
    "FR": LocalNames(
        "fr",
        "extrait Kbis",
        "attestation de numéro de TVA intracommunautaire",
        usually="En France, généralement :",
    ),
    "HR": LocalNames("hr", "izvadak iz sudskog ili obrtnog registra", "potvrda o PDV ID broju"),
    "HU": LocalNames("hu", "cégkivonat"),
    "IE": LocalNames(
        "en", "CRO company printout", "VAT registration notice", usually="Usual name in Ireland:"
    ),
    "IT": LocalNames(
        "it",
        "visura camerale",
        "certificato di attribuzione della partita IVA",
        usually="In Italia di solito:",
    ),
    "LT": LocalNames("lt", "Registrų centro išrašas", "PVM mokėtojo registracijos pažymėjimas"),
    "NL": LocalNames(
        "nl",
        "uittreksel KvK",
        "bericht met het btw-id van de Belastingdienst",
        usually="In Nederland meestal:",
    ),
    "PL": LocalNames(
        "pl", "odpis z KRS albo wydruk z CEIDG", "potwierdzenie VAT-5UE", usually="W Polsce zwykle:"
    ),
    "PT": LocalNames("pt", "certidão permanente"),
    "RO": LocalNames(
        "ro",
        "certificat constatator (ONRC)",
        "certificat de înregistrare în scopuri de TVA",
        usually="În România, de obicei:",
    ),
    "SE": LocalNames("sv", "registreringsbevis från Bolagsverket", "momsregistreringsbevis"),
    "SK": LocalNames("sk", "výpis z obchodného registra", "osvedčenie o registrácii pre daň (IČ DPH)"),
}


def local_names_of(vat_number: str) -> LocalNames | None:
    return LOCAL_NAMES.get(identity_of(vat_number)[:2])
