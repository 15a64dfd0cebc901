from __future__ import annotations

import pytest
from esia_stand import Stand, rsa_pair


@pytest.fixture(scope="session")
def pair():
    """ESIA's key and certificate; making an RSA key is slow."""
    return rsa_pair()


@pytest.fixture
def stand(pair):
    return Stand(*pair)
