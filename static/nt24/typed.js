/* Keeps what is typed into the forms marked with data-typed while this tab is open, so that a page that was left, reloaded
   or never answered is filled in as before. A page that the server has filled in wins. Forgotten once a page says that
   the form has arrived (data-typed-done, the name of the form). Files and ticks are not kept. */
(() => {
  "use strict";

  const link = window.location.pathname.split("/")[2]; // another link is another form
  const KEPT = `nt24-typed:${link}:`;
  const isKept = (field) => field.name && !["hidden", "file", "checkbox", "submit"].includes(field.type);
  const nameOf = (form) => `${KEPT}${form.dataset.typed}`;

  for (const done of document.querySelectorAll("[data-typed-done]")) {
    window.sessionStorage.removeItem(`${KEPT}${done.dataset.typedDone}`);
  }

  const keep = (form) => {
    const fields = [...form.elements].filter((field) => isKept(field) && (field.type !== "radio" || field.checked));
    const typed = fields.map((field) => [field.name, field.value]);
    window.sessionStorage.setItem(nameOf(form), JSON.stringify(typed));
  };

  const fillIn = (form, typed) => {
    for (const [name, value] of typed) {
      const fields = [...form.elements].filter((field) => field.name === name && isKept(field));
      for (const field of fields) {
        if (field.type === "radio") field.checked = field.value === value;
        else field.value = value;
      }
    }
  };

  for (const form of document.querySelectorAll("form[data-typed]")) {
    const kept = window.sessionStorage.getItem(nameOf(form));
    if (kept && form.dataset.fresh === "yes") fillIn(form, JSON.parse(kept));
    form.addEventListener("input", () => keep(form));
  }
})();
