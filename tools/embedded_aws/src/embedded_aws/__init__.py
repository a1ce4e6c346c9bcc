"""The AWS emulator that the local stack and the tests run on."""
