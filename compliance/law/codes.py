"""Every code a ruling may carry: whose module it belongs to, what it says, and the law behind it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """`message` is for people: what is wrong and what would cure it. `personal_to_staff` is never shown to a partner."""

    code: str
    module: str
    message: str
    article: str = ""
    personal_to_staff: bool = False
    is_reason: bool = False  # it explains the verdict; there is nothing to supply


CODES: tuple[Code, ...] = (
    Code("VAT_ID_NOT_INDICATED", "buyer", "The buyer has given no VAT number of another member state.", "Art. 138(1)(b) Dir. 2006/112/EC"),
    Code("VAT_ID_OF_DEPARTURE_STATE", "buyer", "The VAT number is of the state where the transport begins.", "Art. 138(1)(b) Dir. 2006/112/EC"),
    Code("VAT_ID_NOT_OF_DESTINATION", "buyer", "The VAT number is not of the state of arrival; the buyer may be taxed twice.", "Art. 41 Dir. 2006/112/EC"),
    Code("VIES_NOT_VALID_AT_SUPPLY", "buyer", "The VAT number was not valid on the day of the supply.", "Art. 138(1)(b) Dir. 2006/112/EC"),
    Code("VIES_NOT_CHECKED_AT_SUPPLY", "buyer", "Nothing shows that the VAT number was valid on the day of the supply.", "Art. 138(1)(b) Dir. 2006/112/EC"),
    Code("QUALIFIED_MISMATCH", "buyer", "The register names somebody else, or another address, for this VAT number.", "Art. 138(1)(b) Dir. 2006/112/EC"),
    Code("BUYER_TRUE_IDENTITY_UNCLEAR", "buyer", "It is not clear that buyer, number, invoice and recipient are one company.", "CJEU C-676/22"),
    Code("FRAUD_KNOWLEDGE", "buyer", "There are signs of fraud that a careful dealer would not pass over.", "CJEU C-131/13", personal_to_staff=True),
    Code("BUYER_IS_PRIVATE", "buyer", "A used car sold to a private person is taxed.", "Art. 138(1)(a) Dir. 2006/112/EC", is_reason=True),
    Code("MARGIN_SCHEME", "invoice", "The margin scheme and the exemption exclude each other.", "Art. 139(3) Dir. 2006/112/EC"),
    Code("NEW_VEHICLE_DATA", "invoice", "The invoice of a new vehicle names first use and mileage.", "Art. 226(12) Dir. 2006/112/EC"),
    Code("NEW_VEHICLE_REPORT", "invoice", "The sale of a new vehicle to a private buyer has to be reported.", "§ 18c UStG"),
    Code("INVOICE_COPY_MISSING", "invoice", "There is no invoice.", "Art. 220 Dir. 2006/112/EC"),
    Code("INVOICE_SHOWS_VAT", "invoice", "The invoice shows VAT. It is owed until the invoice is corrected.", "Art. 203 Dir. 2006/112/EC"),
    Code("INVOICE_EXEMPTION_REFERENCE_MISSING", "invoice", "The invoice does not say that the supply is exempt.", "Art. 226(11) Dir. 2006/112/EC"),
    Code("INVOICE_VAT_IDS_MISSING", "invoice", "The invoice does not name the VAT numbers of both.", "Art. 226(3), (4) Dir. 2006/112/EC"),
    Code("RECAP_STATEMENT_PENDING", "invoice", "The recapitulative statement has not been filed.", "Art. 138(1a) Dir. 2006/112/EC"),
    Code("RECAP_STATEMENT_WRONG", "invoice", "The recapitulative statement is wrong.", "Art. 138(1a) Dir. 2006/112/EC"),
    Code("SELLER_NOT_REGISTERED_IN_DEPARTURE_STATE", "invoice", "The seller has no VAT number in the state where the car was.", "Art. 214 Dir. 2006/112/EC"),
    Code("PAYER_NOT_BUYER", "payment", "Somebody else than the buyer paid.", "§ 17b(3) no. 2 UStDV"),
    Code("BUYER_PAYMENT_PROOF_MISSING", "payment", "No bank proof shows payment from the buyer's account.", "§ 17b(3) no. 2 UStDV"),
    Code("CASH_LIMIT", "payment", "More was paid in cash than the state of departure allows."),
    Code("CASH_ID_DUTY", "payment", "The buyer has to be identified because of the sum paid in cash.", "§ 10(6a) GwG"),
    Code("ARRIVAL_PROOF_MISSING", "transport", "Nothing shows that the car arrived.", "Art. 138(1) Dir. 2006/112/EC"),
    Code("LIST_A_ITEM_MISSING", "transport", "No document of the transport itself, such as a CMR note or freight invoice.", "Art. 45a(3)(a) Impl. Reg. (EU) 282/2011"),
    Code("SECOND_ITEM_MISSING", "transport", "One document is not enough. A second, independent one is missing.", "Art. 45a(1) Impl. Reg. (EU) 282/2011"),
    Code("EVIDENCE_SAME_ISSUER", "transport", "Both documents come from the same company.", "Art. 45a(1)(a) Impl. Reg. (EU) 282/2011"),
    Code("EVIDENCE_NOT_INDEPENDENT", "transport", "A document comes from the seller, the buyer or a company related to them.", "Art. 45a(1)(a) Impl. Reg. (EU) 282/2011"),
    Code("EVIDENCE_CONTRADICTS", "transport", "Two documents name different places of arrival.", "Art. 45a(1) Impl. Reg. (EU) 282/2011"),
    Code("EVIDENCE_PREDATES_ARRIVAL", "transport", "A document confirms the arrival before it can have happened.", "Art. 138(1) Dir. 2006/112/EC"),
    Code("BUYER_STATEMENT_MISSING", "transport", "The buyer's written statement is missing.", "Art. 45a(1)(b)(i) Impl. Reg. (EU) 282/2011"),
    Code("BUYER_STATEMENT_INCOMPLETE", "transport", "The buyer's statement lacks the VIN, the place and date, or who accepted the car.", "Art. 45a(1)(b)(i) Impl. Reg. (EU) 282/2011"),
    Code("BUYER_STATEMENT_LATE", "transport", "The buyer's statement came after the tenth of the next month.", "Art. 45a(1)(b) Impl. Reg. (EU) 282/2011"),
    Code("CMR_BOX22_UNSIGNED", "transport", "Box 22 of the CMR note is not signed.", "§ 17b(3) no. 1(a) UStDV"),
    Code("CMR_BOX24_UNSIGNED", "transport", "Box 24 of the CMR note is not signed by the recipient.", "§ 17b(3) no. 1(a) UStDV"),
    Code("VIN_MISSING_ON_PROOF", "transport", "The document does not name the VIN.", "§ 17b(2), (3) UStDV"),
    Code("VIN_MISMATCH", "transport", "The document names another car.", "§ 17b(3) UStDV"),
    Code("CONFIRMATION_INCOMPLETE", "transport", "The confirmation of arrival lacks the place, the month or a signature.", "§ 17b(2) UStDV"),
    Code("CONFIRMATION_NOT_FROM_BUYER", "transport", "The confirmation of arrival does not come from the buyer.", "§ 17b(2) UStDV"),
    Code("TRANSLATION_MISSING", "transport", "A confirmation in this language needs a certified translation.", "UStAE 6a.4(5)"),
    Code("TRANSLATION_MAY_BE_ASKED", "transport", "The tax office may ask for a translation.", "§ 87(2) AO"),
    Code("REGISTRATION_NOT_IN_BUYERS_NAME", "transport", "The car is registered abroad, in another name than the buyer's.", "§ 17b(3) no. 5 UStDV"),
    Code("AUTHORITY_OF_COLLECTOR_MISSING", "transport", "Nothing shows that the person who signed or collected acted for the buyer.", "§ 17b(2) UStDV"),
    Code("COLLECTOR_ID_MISSING", "transport", "There is no copy of the collector's identity document.", "§ 6a(4) UStG"),
    Code("CARGO_SPECIFICATION_MISSING", "transport", "The specification of the cargo is missing.", "Art. 42(3) Polish VAT Act"),
    Code("PL_OWN_TRANSPORT_DOC_INCOMPLETE", "transport", "The document of own transport lacks a particular.", "Art. 42(4) Polish VAT Act"),
    Code("AT_REGISTRATION_LOCK_MISSING", "transport", "The lock in the Austrian approval database is missing.", "VO BGBl. 401/1996 § 9"),
    Code("BE_DESTINATION_DOCUMENT_INCOMPLETE", "transport", "The Belgian destination document lacks a particular or a signature.", "Art. 3 AR no. 52"),
    Code("NL_REGULAR_CUSTOMER", "transport", "A pick-up declaration is accepted from regular customers only.", "Besluit BWBR0014081"),
    Code("IT_90_DAYS", "transport", "The buyer's own transport has to arrive within 90 days.", "Art. 7(1) D.Lgs. 471/1997"),
    Code("CHAIN_SUPPLY_NOT_MOVED", "transport", "The transport belongs to another supply of the chain; this one is domestic.", "Art. 36a Dir. 2006/112/EC"),
    Code("CHAIN_UNCLEAR", "transport", "It is not clear to which supply of a chain the transport belongs.", "Art. 36a Dir. 2006/112/EC"),
    Code("DESTINATION_NOT_CROSS_BORDER", "transport", "The car stays in the state of departure.", "Art. 138(1) Dir. 2006/112/EC"),
    Code("DESTINATION_OUTSIDE_VAT_TERRITORY", "transport", "The car does not go from one member state to another; only the rules of export can apply.", "Art. 6, 138(1), 146 Dir. 2006/112/EC"),
    Code("EXPORT_EXIT_MISSING", "transport", "The customs exit note is missing.", "Art. 146(1) Dir. 2006/112/EC"),
    Code("EXPORT_VIN_MISSING", "transport", "The customs exit note does not name the VIN.", "§ 9(2) no. 1 UStDV"),
    Code("THIRD_COUNTRY_PROOF_MISSING", "transport", "Registration, clearance or import tax of the third country is missing.", "§ 9(2), § 10(2) UStDV"),
    Code("EXPORT_BUYER_ESTABLISHED", "transport", "A buyer of the state of departure exports the car: not exempt.", "Art. 146(1)(b) Dir. 2006/112/EC"),
    Code("SANCTIONED_DESTINATION", "transport", "The sale of this car to this country is prohibited or has to be examined.", "Reg. (EU) 833/2014, Reg. (EC) 765/2006"),
    Code("DIVERSION_RISK", "transport", "The car may go on to a sanctioned country.", "Art. 12 Reg. (EU) 833/2014"),
    Code("TAX_DUE_IN_DESTINATION", "invoice", "VAT is due in the state of arrival (distance sale).", "Art. 33(a) Dir. 2006/112/EC"),
    Code("STOP", "order", "Nothing may happen before compliance staff have looked.", "Reg. (EU) 833/2014"),
)  # fmt: skip
BY_CODE = {row.code: row for row in CODES}
