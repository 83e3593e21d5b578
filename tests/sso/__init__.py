"""Single sign-on, against providers that know nothing of our code: pysaml2's own, SimpleSAMLphp, and forgers."""
