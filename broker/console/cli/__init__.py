"""The command line `broker`: thin commands over the console's actions, `--json` on everything."""
