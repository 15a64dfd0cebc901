"""The steps of a login, one file each. A step does its own part, writes down what it learnt and returns to the dispatcher."""
