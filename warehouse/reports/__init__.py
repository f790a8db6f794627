"""What an office files: per unit a workbook, and a letter of one page as DOCX and PDF, all from one release."""
