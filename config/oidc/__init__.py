"""The house as identity provider: shops and apps let members sign in with us."""
