"""The report: one file that needs nothing else, says what the bundle holds, and shows hostile text as text."""

import dataclasses
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.cli import main
from engine.evaluation.tables import SUMMARY, file_of
from engine.report import gather, write_report
from engine.reporting.document import to_html, to_markdown
from engine.reporting.material import Material
from engine.reporting.report import report
from engine.serving.bundle import MANIFEST, open_bundle

HOSTILE = "<script>alert(1)</script>|`x`\u202egnp"
VOID = {"meta", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """Checks that tags nest, and gathers text, ids, links and what the page would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name == "href" and tag == "a":
                self.links.append(str(value))
            elif name in ("src", "href", "xlink:href", "data"):
                self.loads.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style",):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def material(small_bundle: Path) -> Material:
    return gather(open_bundle(small_bundle))


@pytest.fixture(scope="module")
def html(material: Material) -> str:
    return to_html(report(material))


def test_a_bundle_just_as_it_was_built_has_a_whole_report(html: str, material: Material):
    page = Page(html)
    assert page.open == []
    assert "SIMULATED DATA" in page.text
    for title in ("In short", "The data", "The model", "How well it ranks", "For whom it works", "Weak slices",
                  "Training", "What the index finds", "How to reproduce"):  # fmt: skip
        assert title in page.text
    value = material.manifest["metrics"]["models"]["lhydra"]["ndcg@10"]["mean"]
    assert f"NDCG@10 is {value:.3f} [" in page.text
    assert f"python -m engine build --source simulated --out artifacts/{material.name}" in page.text
    assert "--set 'model.dim=16'" in page.text


def test_it_is_one_file_that_loads_nothing_and_runs_nothing(html: str):
    page = Page(html)
    assert page.loads == []
    assert "script" not in page.tags
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", html)
    assert len(html.encode()) < 5_000_000


def test_contents_lead_to_every_section_and_no_id_is_there_twice(html: str):
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_charts_take_the_colours_of_the_page_in_either_theme(html: str):
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(charts) > 10
    for chart in charts:
        assert 'aria-hidden="true"' in chart
        assert not re.search(r'(fill|stroke)="#', chart)
        assert "var(--" in chart
    assert html.count("@media screen and (prefers-color-scheme: dark)") == 1


def test_every_chart_has_a_sentence_and_every_table_a_name(html: str):
    assert html.count("<figure>") == html.count("<figcaption>")
    for region in re.findall(r'<div class="scroll"[^>]*>', html):
        assert re.search(r'aria-label="[^"]+"', region)
        assert 'tabindex="0"' in region
    assert not re.search(r"<th[^>]*></th>", html)


def test_markdown_says_the_same_and_its_tables_are_whole(material: Material):
    text = to_markdown(report(material))
    value = material.manifest["metrics"]["models"]["lhydra"]["ndcg@10"]["mean"]
    assert f"NDCG@10 is {value:.3f}" in text
    assert "<svg" not in text
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) > 3
    for rows in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
        assert set(rows[1]) <= set("|-:")


def test_hostile_names_are_text(material: Material):
    cohorts = material.cohorts.assign(cohort=HOSTILE, attribute=HOSTILE)
    worse = dataclasses.replace(
        material,
        name=HOSTILE,
        cohorts=cohorts,
        quality={**material.quality, "notes": [HOSTILE]},
        manifest={**material.manifest, "data": {**material.manifest["data"], "source": HOSTILE}},
    )
    html = to_html(report(worse))
    page = Page(html)
    assert "script" not in page.tags
    assert "<script>" in page.text
    assert "\u202e" not in html
    text = to_markdown(report(worse))
    outside_of_code = re.sub(r"```sh\n.*?\n```", "", text, flags=re.DOTALL)
    assert "<script>" not in outside_of_code.replace(r"\<", "")
    assert "\u202e" not in text


def test_what_a_bundle_lacks_is_left_out():
    bare = Material("bare", {"files": {}, "simulated": False})
    page = Page(to_html(report(bare)))
    assert "REAL DATA" in page.text
    assert "was not measured" in page.text
    assert "Weak slices" not in page.text
    assert to_markdown(report(bare)).startswith("# bare")


def test_no_weak_slice_is_said_and_not_left_out(material: Material):
    none = dataclasses.replace(
        material, slices=material.slices.head(0), summary={**material.summary, "slices_tried": 60}
    )
    assert "Of 60 slices looked at, none is worse" in Page(to_html(report(none))).text


def test_ablations_and_folds_are_shown_where_there_are_some(material: Material):
    table = pd.DataFrame(
        {"variant": ["whole", "without bias"], "ndcg@10": [0.2, 0.1], "difference": [np.nan, -0.1],
         "low": [np.nan, -0.12], "high": [np.nan, -0.08]}
    )  # fmt: skip
    folds = pd.DataFrame({"fold": [1, 2, 3], "ndcg@10": [0.1, 0.2, 0.3], "popularity_ndcg@10": [0.05, 0.1, 0.1]})
    means = {"mean": 0.2, "low": 0.1, "high": 0.3}
    summary = {"by": "users", "mean": {"ndcg@10": means}, "lead": means, "notes": ["mind this"]}
    page = Page(
        to_html(report(dataclasses.replace(material, ablations=table, folds=(("small.folds", folds, summary),))))
    )
    assert "1 of 1 are worse" in page.text
    assert "Over 3 folds of listeners" in page.text
    assert "mind this" in page.text


def test_the_report_goes_into_the_bundle_which_stays_whole(small_bundle: Path, tmp_path: Path):
    bundle = tmp_path / "small"
    shutil.copytree(small_bundle, bundle)
    before = json.loads((bundle / MANIFEST).read_text())
    for _ in range(2):  # the second time it is in the manifest already
        path = write_report(bundle)
        assert path == bundle / "report.html"
        after = open_bundle(bundle).manifest
    assert "report.html" in after["files"]
    assert {k: v for k, v in after["files"].items() if k != "report.html"} == before["files"]
    assert after["created"] == before["created"]


def test_the_command_writes_what_is_asked_for_where_it_is_asked_for(
    small_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for arguments, start in ((["--out", "r.md"], "# "), (["--out", "r.txt", "--format", "html"], "<!DOCTYPE html>")):
        out = tmp_path / arguments[1]
        with pytest.raises(SystemExit) as ended:
            main(["report", "--bundle", str(small_bundle), "--out", str(out), *arguments[2:], "--quiet"])
        assert ended.value.code == 0
        assert out.read_text(encoding="utf-8").lstrip().startswith(start)
    assert "report.html" not in open_bundle(small_bundle).manifest["files"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["", "variant,value\na,1\n"])
def test_ablations_that_are_none_are_refused_in_a_line(
    small_bundle: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "ablations.csv"
    path.write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["report", "--bundle", str(small_bundle), "--out", str(tmp_path / "r.html"), "--ablations", str(path)])
    assert ended.value.code == 2
    assert str(path) in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_an_evaluation_that_cant_be_read_is_left_out(small_bundle: Path, tmp_path: Path):
    bundle = tmp_path / "small"
    shutil.copytree(small_bundle, bundle)
    opened = open_bundle(bundle)
    (bundle / file_of("cohorts")).write_bytes(b"no parquet")
    (bundle / SUMMARY).write_text("{")
    assert "For whom it works" not in Page(to_html(report(gather(opened)))).text
