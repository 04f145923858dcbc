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

// A further row in a form with files is made here: the server would give it back without the files that are chosen.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[name=add-row]");
  const form = button?.form;
  if (!form?.querySelector("input[type=file]")) return;
  event.preventDefault();
  const last = button.closest("fieldset"), rows = form.elements[`${button.value}-rows`], count = Number(rows.value);
  const added = last.cloneNode(true), [from, to] = [count - 1, count].map((index) => `${button.value}[${index}]`);
  for (const part of added.querySelectorAll("*")) {
    for (const { name, value } of [...part.attributes]) part.setAttribute(name, value.replaceAll(from, to));
    part.removeAttribute("aria-invalid");
  }
  added.querySelector("legend").firstChild.data = added.querySelector("legend").firstChild.data.replace(count, count + 1);
  added.querySelectorAll(".error, .again").forEach((said) => said.remove());
  added.querySelectorAll(".wrong").forEach((field) => field.classList.remove("wrong"));
  added.querySelectorAll("input:not([type=checkbox]), select").forEach((field) => { field.value = ""; });
  added.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = false; });
  added.querySelectorAll("input[type=file]").forEach((input) => { input.hasChangeListener = true; });
  rows.value = count + 1;
  button.remove();
  if (count + 1 >= Number(added.querySelector("[data-most]").dataset.most)) added.querySelector("[data-most]").remove();
  last.after(added);
  added.querySelector("input, select").focus();
});
