"""The pages behind a link, `/b/<token>/`: a buyer's papers, and the form for prospects. Everything else is refused."""
