"""Each sentence about software is bound to its proof by its mark, and what has no mark says what else it is."""

import pytest
from built import PAGES, where
from evidence import KINDS, article, blocks, kind, proofs

STEPS = "docs/contribute.md has the steps"


def module(page):
    """The name of a page's module of proofs, without test_."""
    return page.removesuffix(".md").replace("/", "_").replace("-", "_")


def marks(page):
    """(words, mark) for each mark on a page."""
    return [piece for _, pieces in blocks(article(page)) for piece in pieces if piece[1]]


def place(page, mark):
    return where(page, f"[^{mark}]")


@pytest.mark.parametrize("page", PAGES)
def test_each_mark_stands_behind_the_words_of_its_proof(page):
    known = proofs(module(page))
    for words, mark in marks(page):
        test = f"test_{mark.replace('-', '_')}"
        file = f"tests/statements/test_{module(page)}.py"
        assert mark in known, f"{place(page, mark)}: the mark has no proof; write {test} in {file}. {STEPS}."
        sentence = known[mark][0].replace("`", "")
        assert words == sentence, (
            f"{place(page, mark)}: the words before the mark are not the docstring of its proof, {file}::{test}; "
            f"where the new words are true, prove them there. {STEPS}.\npage:  {words}\nproof: {sentence}"
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_has_one_mark_or_more(page):
    without = proofs(module(page)).keys() - {mark for _, mark in marks(page)}
    assert not without, (
        f"tests/statements/test_{module(page)}.py: {sorted(without)} prove no sentence of docs/{page}; "
        f"put the mark behind the sentence, or delete the proof. {STEPS}."
    )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_is_shown_able_to_fail(page):
    for mark, (_, has_world) in proofs(module(page)).items():
        assert has_world, (
            f"tests/statements/test_{module(page)}.py: the proof of {mark} names no world in which its sentence is false; "
            f"add @pytest.mark.false_if(...). {STEPS}."
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_block_is_marked_or_says_what_it_is(page):
    for element, pieces in blocks(article(page)):
        words, mark = pieces[-1]
        if mark is None and not (len(pieces) == 1 and kind(element)):
            pytest.fail(
                f"{where(page, words.split('.')[0][:30])}: no mark stands behind “{words}”. Prove it and mark it; or, if it "
                f"says nothing about software, say what it is: {{: .definition }}, {{: .advice }} or {{: .pointer }}. {STEPS}."
            )


def test_each_kind_is_used():
    used = {kind(element) for page in PAGES for element, _ in blocks(article(page))} - {None}
    assert used == KINDS.keys()
