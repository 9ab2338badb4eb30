"""docs/contribute.md: its commands add a statement in a clone, and the tests are green."""

import pytest
from reader import Reader


@pytest.mark.slow
def test_the_steps_lead_from_a_sentence_to_a_green_build(repository, installed_copy, processes):
    reader = Reader("contribute.md", repository, processes)
    for block in reader.blocks():
        reader.run(block)
