"""Every page against the HTML standard, checked by a program of another language."""
