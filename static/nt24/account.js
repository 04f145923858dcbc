// Says on the page what allauth's scripts only tell the console: that a security key was refused or put away.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const note of document.querySelectorAll("[data-key-error]")) note.hidden = false;
});
