"""What the papers are called at home: names of registers and certificates, by the country of the VAT number.

Proper names, so they are not translated; a country is missing where we are not sure.
"""

from dataclasses import dataclass

from nt24.vat_numbers import identity_of


@dataclass(frozen=True, slots=True)
class LocalNames:
    """`language` is that of the names, for screen readers; an empty name is shown to nobody."""

    language: str
    register: str
    vat: str = ""


LOCAL_NAMES: dict[str, LocalNames] = {
    "AT": LocalNames("de", "Firmenbuchauszug, Gewerbeschein", "UID-Bescheid"),
    "BE": LocalNames("nl", "uittreksel KBO / extrait BCE"),
    "CZ": LocalNames(
        "cs", "výpis z obchodního nebo živnostenského rejstříku", "osvědčení o registraci k DPH"
    ),
    "DE": LocalNames("de", "Handelsregisterauszug, Gewerbeanmeldung", "Mitteilung der USt-IdNr. (BZSt)"),
    "DK": LocalNames("da", "CVR-udskrift", "registreringsbevis for moms"),
    "EE": LocalNames("et", "äriregistri väljavõte"),
    "ES": LocalNames("es", "nota simple del Registro Mercantil", "certificado de alta en el ROI (VIES)"),
    "FI": LocalNames("fi", "kaupparekisteriote"),
    "FR": LocalNames("fr", "extrait Kbis", "attestation de numéro de TVA intracommunautaire"),
    "HR": LocalNames("hr", "izvadak iz sudskog ili obrtnog registra", "potvrda o PDV ID broju"),
    "HU": LocalNames("hu", "cégkivonat"),
    "IE": LocalNames("en", "CRO company printout", "VAT registration notice"),
    "IT": LocalNames("it", "visura camerale", "certificato di attribuzione della partita IVA"),
    "LT": LocalNames("lt", "Registrų centro išrašas", "PVM mokėtojo registracijos pažymėjimas"),
    "NL": LocalNames("nl", "uittreksel KvK", "bericht met het btw-id van de Belastingdienst"),
    "PL": LocalNames("pl", "odpis z KRS albo wydruk z CEIDG", "potwierdzenie VAT-5UE"),
    "PT": LocalNames("pt", "certidão permanente"),
    "RO": LocalNames("ro", "certificat constatator (ONRC)", "certificat de înregistrare în scopuri de TVA"),
    "SE": LocalNames("sv", "registreringsbevis från Bolagsverket", "momsregistreringsbevis"),
    "SK": LocalNames("sk", "výpis z obchodného registra", "osvedčenie o registrácii pre daň (IČ DPH)"),
}


def local_names_of(vat_number: str) -> LocalNames | None:
    return LOCAL_NAMES.get(identity_of(vat_number)[:2])
