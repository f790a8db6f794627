"""The work list: what waits in quarantine as a workbook people edit, and their decisions back as corrections."""
