"""ESIA (Gosuslugi) as one upstream: its requests, signatures, tokens and person data.

Owns everything that is peculiar to ESIA. Nothing outside this folder knows an ESIA parameter.
Called through the port in `broker/connectors/port.py`."""
