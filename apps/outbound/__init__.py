"""Requests to other hosts: everything that Assay asks of an address which a person named."""
