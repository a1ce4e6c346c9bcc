"""`make policies`: plans the roots, lets checkov judge code and plans, and says what is wrong."""
