"""Each sentence about software is bound to its proof by its mark, and what has no mark says what else it is."""

import ast

import pytest
from built import PAGES, where
from proofs import ROOT, module, proofs

from evidence import KINDS, blocks

STEP = "step {} of docs/contribute.md"


def marks(page):
    """(words, mark) for each mark on a page."""
    return [piece for _, pieces in blocks(page) for piece in pieces if piece[1]]


def place(page, mark):
    return where(page, f"[^{mark}]")


@pytest.mark.parametrize("page", PAGES)
def test_each_mark_stands_behind_the_words_of_its_proof(page):
    for words, mark in marks(page):
        test = f"{module(page)}::test_{mark.replace('-', '_')}"
        sentence = proofs(page)[mark].sentence.replace("`", "")
        assert words == sentence, (
            f"{place(page, mark)}: the words before the mark are not the docstring of its proof, {test}; "
            f"where the new words are true, prove them there ({STEP.format(2)}).\npage:  {words}\nproof: {sentence}"
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_has_one_mark(page):
    found = [mark for _, mark in marks(page)]
    assert sorted(found) == sorted(proofs(page)), f"docs/{page}: put each mark behind one sentence ({STEP.format(1)})."


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_names_a_world_in_which_it_must_fail(page):
    for mark, proof in proofs(page).items():
        assert proof.false_if, (
            f"{module(page)}:{proof.line}: the proof of {mark} names no world in which its sentence is false; "
            f"add @pytest.mark.false_if(...) ({STEP.format(3)})."
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_proof_gives_what_it_saw(page):
    source = (ROOT / module(page)).read_text(encoding="utf-8") if proofs(page) else ""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "saw":
            _, seen, expected = call.args
            ran = any(isinstance(node, (ast.Name, ast.Call)) for node in ast.walk(seen))
            assert ran and ast.dump(seen) != ast.dump(expected), (
                f"{module(page)}:{call.lineno}: saw is given no result of a run ({STEP.format(2)})."
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
    assert used | {"frame"} == KINDS.keys()
