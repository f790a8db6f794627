"""Tests of the rules, the audits and the validation docs."""
