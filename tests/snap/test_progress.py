"""Test phases of progress: they are shown as running, and as ended afterwards."""

import pytest

from snap.progress import phase
from tests.progress import Recorded


def test_a_phase_is_begun_and_over():
    told = Recorded()
    with phase(told, "commit"):
        assert told.left == {"commit": 1}
    assert (told.begun, told.left) == (["commit"], {"commit": 0})


def test_a_phase_that_fails_is_not_over():
    told = Recorded()
    with pytest.raises(ValueError, match="no"), phase(told, "commit"):
        raise ValueError("no")
    assert told.left == {"commit": 1}
