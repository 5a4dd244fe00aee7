"""One module a format: ``files`` says what will be read, ``read`` reads it."""
