"""Reduce a configuration to what the doctor's rules read, before it is sent.

A configuration is parsed here, and written anew of the values on a list, each in the form that it must have. Lines keep
their numbers, so that the doctor can name them. What can't be parsed is not sent.
"""
