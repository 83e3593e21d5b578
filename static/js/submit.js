// Sends the form of a page that stands between two others; without scripts people press its button.
document.querySelector("form[data-submit-at-once]")?.submit();
