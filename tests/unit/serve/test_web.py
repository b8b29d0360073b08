"""The page's files: both languages say the same, every word exists, nothing comes from afar."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from youli.language.voice import LANGUAGES
from youli.registry import CHANNELS
from youli.serve.app import WEB

FILES = sorted(path for path in WEB.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js" and path.parent.name != "widget"]
#: Each set of words by the scripts that load it.
SETS = ("", "console.")
WIDGET = {
    lang: json.loads((WEB / f"i18n/widget.{lang}.json").read_text("utf-8")) for lang in LANGUAGES
}
WORDS = {
    lang: {
        key: words
        for name in SETS
        for key, words in json.loads((WEB / f"i18n/{name}{lang}.json").read_text("utf-8")).items()
    }
    for lang in LANGUAGES
}
STORE = [path for path in FILES if not re.search("console|widget", str(path.relative_to(WEB)))]
#: Chinese has one plural form.
SINGULAR = re.compile(r"\.one$")


def test_the_languages_have_the_same_words() -> None:
    english = {key for key in WORDS["en"] if not SINGULAR.search(key)}
    for lang, words in WORDS.items():
        assert {key for key in words if not SINGULAR.search(key)} == english, lang


def test_the_languages_fill_in_the_same_values() -> None:
    for key, chinese in WORDS["zh"].items():
        names = [set(re.findall(r"\{([\w%]+)\}", text)) for text in (chinese, WORDS["en"][key])]
        assert names[0] == names[1], key


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_word_that_a_script_names_exists(script: Path) -> None:
    said = set(re.findall(r'\bt\("([\w.]+)"', script.read_text("utf-8")))
    missing = {key for key in said if key not in WORDS["en"] and f"{key}.other" not in WORDS["en"]}
    assert not missing


def test_the_widget_has_its_words_in_every_language() -> None:
    script = (WEB / "widget/youli.js").read_text("utf-8")
    said = set(re.findall(r'\bt\("([\w.]+)"', script))
    for lang, words in WIDGET.items():
        assert words.keys() == WIDGET["en"].keys(), lang
        assert said <= words.keys()
        assert {key for key in WORDS[lang] if key.startswith("channel.")} <= words.keys()
        for key, text in words.items():
            names = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, WIDGET["en"][key])]
            assert names[0] == names[1], key


def test_every_channel_has_a_name() -> None:
    for channel in (*CHANNELS.names(), "diversity"):
        assert f"channel.{channel}" in WORDS["en"], channel


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_another_host(path: Path) -> None:
    foreign = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", path.read_text("utf-8"))
    assert [one for one in foreign if "www.w3.org" not in one] == []


@pytest.mark.parametrize("name", ["index.html", "console.html"])
def test_the_page_has_no_inline_script_or_style(name: str) -> None:
    page = (WEB / name).read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert not re.search(r"\s(?:on\w+|style)=", page)


def test_what_the_first_view_imports_is_fetched_at_once() -> None:
    page = (WEB / "index.html").read_text("utf-8")
    preloaded = set(re.findall(r'modulepreload" href="/assets/js/(\w+\.js)"', page))
    found, left = set(), ["main.js"]
    while left:
        script = (WEB / "js" / left.pop()).read_text("utf-8")
        named = set(re.findall(r'^import [^;]*?from "\./(\w+\.js)"', script, re.MULTILINE))
        left.extend(named - found)
        found |= named
    assert preloaded == found


def test_a_word_stands_in_one_set_alone() -> None:
    for lang in LANGUAGES:
        n_words = [
            len(json.loads((WEB / f"i18n/{name}{lang}.json").read_text("utf-8"))) for name in SETS
        ]
        assert sum(n_words) == len(WORDS[lang])


def test_the_store_weighs_less_than_200_kb_in_one_language() -> None:
    files = [path for path in STORE if path.name != "zh.json"]
    assert 50_000 < sum(path.stat().st_size for path in files) < 200_000
