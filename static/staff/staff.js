// A form whose button is pressed twice is sent once; the server would refuse the second one as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("once" in form.dataset)) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (event.submitter?.name === "add-row") return;
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Back from the next page: the form may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

// What scrolls gets a name of its own before simplebar gives all of them the same one.
document.addEventListener("DOMContentLoaded", () => {
  const names = { "#nav-sidebar-apps": "Menu", "#changelist-filter [data-simplebar]": "Choices", "#changelist-form [data-simplebar]": "Results" };
  for (const [place, name] of Object.entries(names)) {
    document.querySelectorAll(place).forEach((found) => found.setAttribute("data-simplebar-aria-label", name));
  }
});

// Unfold writes a chosen file's name into the first text field around, as its own widget has one; ours is another field.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".nt24 input[type=file]").forEach((input) => { input.hasChangeListener = true; });
});

// A field that is needed only with a certain value of another one is marked as soon as it is.
document.addEventListener("input", (event) => {
  const source = event.target;
  if (!source.name || !source.form) return;
  const value = source.type === "checkbox" ? (source.checked ? "True" : "") : source.value.trim();
  source.form.querySelectorAll(`[data-needed-with="${CSS.escape(source.name)}"]`).forEach((field) => {
    const wanted = field.dataset.neededWhen;
    const isNeeded = wanted ? value === wanted : /[1-9]/.test(value);
    if (isNeeded) field.setAttribute("aria-required", "true"); else field.removeAttribute("aria-required");
    field.closest(".field")?.querySelectorAll(".needed").forEach((mark) => { mark.hidden = !isNeeded; });
  });
});
