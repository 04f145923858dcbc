"""A line never breaks within a citation of the law, and text stays text."""

import re

import pytest

from compliance.templatetags.export_file import cited


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "see Article 138(1)(a) and (b) of Directive 2006/112/EC.",
            ["Article 138(1)(a)", "Directive 2006/112/EC"],
        ),
        ("Article 45a of Implementing Regulation (EU) No 282/2011", ["Article 45a", "(EU) No 282/2011"]),
        ("Regulation (EU) 2024/1624, Article 77", ["(EU) 2024/1624", "Article 77"]),
        ("§ 4 No. 1(b) and § 6a UStG, §§ 17a to 17d UStDV", ["§ 4", "§ 6a", "§§ 17a"]),
        ("Order 2026/04 <b>", []),
    ],
)
def test_a_citation_stays_on_its_line(text, kept):
    shown = cited(text)

    assert re.findall(r'<span class="nowrap">(.*?)</span>', shown) == kept
    assert "<b>" not in shown
