"""The cover names the law of the state that the goods left, and only the directive where we do not know that law."""

import re
from dataclasses import replace
from io import BytesIO

import pycountry
import pytest
from pypdf import PdfReader

from compliance.export_file import compose, context
from compliance.law.provisions import EXEMPTION_IN
from tests.compliance.dossiers import a_dossier, a_taxed_dossier, originals_from, ten_originals


def leaving(state, dossier=None):
    dossier = dossier or a_dossier()
    return replace(dossier, ruling=replace(dossier.ruling, departure_state=state))


def articles(dossier):
    return [reference.article for reference in context(dossier, b"{}")["law"]]


def test_the_cover_of_a_french_departure_names_the_french_code():
    pdf = compose(leaving("FR"), originals_from(ten_originals()))
    cover = re.sub(r"\s+", " ", PdfReader(BytesIO(pdf)).pages[0].extract_text())

    assert "Legal basis" in cover
    assert "Article 138(1) of Directive 2006/112/EC" in cover
    assert "Article 262 ter, I General Tax Code (CGI)" in cover


@pytest.mark.parametrize(
    ("state", "cited"),
    [
        ("ES", "Article 25 Law 37/1992"),
        ("PL", "Articles 13, 41(3) and 42 VAT Act"),
        ("CZ", "§ 64 Act No. 235/2004"),
        ("LV", "Article 43(4) VAT Law"),
    ],
)
@pytest.mark.parametrize("kind", [a_dossier, a_taxed_dossier])
def test_every_verdict_names_the_provision_of_the_state_of_departure(state, cited, kind):
    assert articles(leaving(state, kind()))[-1].startswith(cited)


@pytest.mark.parametrize("state", ["GR", "CY", "XI", "CH"])
def test_of_a_state_whose_law_we_do_not_know_only_the_law_of_the_union_is_named(state):
    assert articles(leaving(state)) == [
        "Article 138(1) of Directive 2006/112/EC",
        "Article 138(1a) of Directive 2006/112/EC",
        "Article 45a of Implementing Regulation (EU) No 282/2011",
    ]


def test_vehicles_that_left_two_states_have_both_laws():
    assert articles(leaving("AT, IT"))[-2:] == [EXEMPTION_IN["AT"].cited, EXEMPTION_IN["IT"].cited]


def test_before_anything_is_collected_it_is_the_state_of_the_seller():
    dossier = leaving("")

    assert articles(dossier)[-1] == EXEMPTION_IN[dossier.seller.address.country].cited


def test_each_row_is_of_a_member_state():
    outside = {"CH", "GB", "NO", "LI", "UA"}

    assert all(pycountry.countries.get(alpha_2=state) for state in EXEMPTION_IN)
    assert not outside & set(EXEMPTION_IN)
