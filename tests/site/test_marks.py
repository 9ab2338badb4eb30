"""Each sentence about software is bound to its proof by its mark, and what has no mark says what else it is."""

import pytest
from built import PAGES, where
from evidence import KINDS, blocks, proofs

STEP = "step {} of docs/contribute.md"


def module(page):
    """The name of a page's module of proofs, without test_."""
    return page.removesuffix(".md").replace("/", "_").replace("-", "_")


def marks(page):
    """(words, mark) for each mark on a page."""
    return [piece for _, pieces in blocks(page) for piece in pieces if piece[1]]


def place(page, mark):
    return where(page, f"[^{mark}]")


@pytest.mark.parametrize("page", PAGES)
def test_each_mark_stands_behind_the_words_of_its_proof(page):
    known = proofs(module(page))
    for words, mark in marks(page):
        test = f"test_{mark.replace('-', '_')}"
        file = f"tests/statements/test_{module(page)}.py"
        assert mark in known, f"{place(page, mark)}: the mark has no proof; write {test} in {file} ({STEP.format(2)})."
        sentence = known[mark][0].replace("`", "")
        assert words == sentence, (
            f"{place(page, mark)}: the words before the mark are not the docstring of its proof, {file}::{test}; "
            f"where the new words are true, prove them there ({STEP.format(2)}).\npage:  {words}\nproof: {sentence}"
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_has_one_mark_or_more(page):
    without = proofs(module(page)).keys() - {mark for _, mark in marks(page)}
    assert not without, (
        f"tests/statements/test_{module(page)}.py: {sorted(without)} prove no sentence of docs/{page}; "
        f"put the mark behind the sentence, or delete the proof ({STEP.format(1)})."
    )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_is_shown_able_to_fail(page):
    for mark, (_, has_world) in proofs(module(page)).items():
        assert has_world, (
            f"tests/statements/test_{module(page)}.py: the proof of {mark} names no world in which its sentence is false; "
            f"add @pytest.mark.false_if(...) ({STEP.format(3)})."
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_block_is_marked_or_says_what_it_is(page):
    for what, pieces in blocks(page):
        words, mark = pieces[-1]
        if mark is None and not (len(pieces) == 1 and what):
            pytest.fail(
                f"{where(page, words.split('.')[0][:30])}: no mark stands behind “{words}”. Mark it and prove it ({STEP.format(1)}); or, if it "
                f"says nothing about software, say what it is: {{: .definition }}, {{: .advice }} or {{: .pointer }}."
            )


def test_each_kind_is_used():
    used = {what for page in PAGES for what, _ in blocks(page)} - {None}
    assert used == KINDS.keys()
