// A library needs a source. This one is for the precompiled header alone.
