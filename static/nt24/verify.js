/* Drag and drop for /verify. Without this file the same form works with its button. */
(() => {
  "use strict";

  const form = document.querySelector("[data-dropzone]");
  const input = form.querySelector("input[type=file]");
  const progress = form.querySelector("[data-progress]");
  const button = form.querySelector("button");
  const maxBytes = Number(form.dataset.maxBytes);
  form.querySelector("[data-drop-hint]").hidden = false;

  const isTooLarge = () => {
    const file = input.files[0];
    if (!file || file.size <= maxBytes) return false;
    progress.textContent = form.dataset.tooLarge;
    return true;
  };

  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
  }
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("is-over");
    if (event.dataTransfer.files.length !== 1) {
      progress.textContent = form.dataset.one;
      return;
    }
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  input.addEventListener("change", () => {
    progress.textContent = "";
    isTooLarge();
  });
  form.addEventListener("submit", (event) => {
    if (isTooLarge()) {
      event.preventDefault();
      return;
    }
    progress.textContent = form.dataset.checking;
    button.setAttribute("aria-disabled", "true");
  });
  // Back from the result: the page may come out of the browser's memory as it was left.
  window.addEventListener("pageshow", () => {
    progress.textContent = "";
    button.removeAttribute("aria-disabled");
  });
})();
