"""For actions whose doing matters to nobody here: what they were given is written down."""

from flow_stub import given

given()
