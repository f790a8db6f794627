"""The same job, from exports of dossiers to a monthly mart, as users of other tools would write it."""
