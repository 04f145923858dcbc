"""Where each Member State has written the exemption of Article 138 of Directive 2006/112/EC into its own law.

One row per state of departure. Cyprus and Greece are missing: their laws were renumbered, and no row is better than a
wrong one. Nobody who advises on tax has confirmed these rows yet; they are named on the Export File and decide nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provision:
    """`article` as the state cites it, `act` the name under which its official collection has it: the source."""

    article: str
    act: str

    @property
    def cited(self) -> str:
        return f"{self.article} {self.act}"


EXEMPTION_IN: dict[str, Provision] = {
    "AT": Provision("Article 6(1) and Article 7", "UStG 1994 (Annex on the internal market)"),
    "BE": Provision("Article 39bis", "VAT Code (WBTW/CTVA) with Royal Decree No 52"),
    "BG": Provision("Articles 7 and 53", "VAT Act (ЗДДС)"),
    "CZ": Provision("§ 64", "Act No. 235/2004 Coll. on VAT"),
    "DE": Provision("§ 4 No. 1(b) and § 6a", "UStG with §§ 17a to 17d UStDV"),
    "DK": Provision("§ 34(1) No. 1", "VAT Act (momsloven)"),
    "EE": Provision("§ 15(3)", "Value-Added Tax Act (käibemaksuseadus)"),
    "ES": Provision("Article 25", "Law 37/1992 on VAT with Article 13 of Royal Decree 1624/1992"),
    "FI": Provision("§ 72a and § 72b", "Value Added Tax Act 1501/1993"),
    "FR": Provision("Article 262 ter, I", "General Tax Code (CGI)"),
    "HR": Provision("Article 41(1)(a)", "VAT Act (Zakon o PDV-u)"),
    "HU": Provision("§ 89", "Act CXXVII of 2007 on VAT"),
    "IE": Provision("Section 46(1)(b) and Schedule 2", "Value-Added Tax Consolidation Act 2010"),
    "IT": Provision("Article 41", "Decree-Law 331/1993"),
    "LT": Provision("Article 49", "Law on VAT (PVM įstatymas)"),
    "LU": Provision("Article 43(1)(d)", "VAT Law of 12 February 1979"),
    "LV": Provision("Article 43(4)", "VAT Law (PVN likums)"),
    "MT": Provision("Fifth Schedule, Part One,", "VAT Act (Cap. 406)"),
    "NL": Provision("Article 9(2)(b) and Table II, item a.6,", "Turnover Tax Act 1968 (Wet OB 1968)"),
    "PL": Provision("Articles 13, 41(3) and 42", "VAT Act of 11 March 2004"),
    "PT": Provision("Article 14(a)", "RITI"),
    "RO": Provision("Article 294(2)(a)", "Fiscal Code (Law 227/2015)"),
    "SE": Provision("Chapter 10, § 42", "VAT Act (2023:200)"),
    "SI": Provision("Article 46", "VAT Act (ZDDV-1)"),
    "SK": Provision("§ 43", "Act No. 222/2004 Coll. on VAT"),
}
