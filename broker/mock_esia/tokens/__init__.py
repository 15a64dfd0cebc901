"""The stand's tokens and the keys that sign them, with ESIA's oddities and, on demand, with ESIA's mistakes."""
