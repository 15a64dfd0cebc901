"""The pages as people meet them: Debian's Chromium, real servers, the newcomer's own way through the demo."""
