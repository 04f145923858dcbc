/* Copy buttons, the choice of a language for samples, and the search. Without a script none of them is there. */
(() => {
  "use strict";

  const CHOSEN = "nt24-samples"; // the language of samples, kept in this browser

  // --- Copy ---
  if (navigator.clipboard) {
    for (const block of document.querySelectorAll("pre")) {
      const frame = document.createElement("div");
      const button = document.createElement("button");
      frame.className = "copied";
      button.className = "copy";
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        let said = "Copied";
        try { await navigator.clipboard.writeText(block.textContent); } catch { said = "Not copied"; }
        button.textContent = said;
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      block.replaceWith(frame);
      frame.append(block, button);
    }
  }

  // --- Samples: one language at a time, the same everywhere ---
  const remembered = () => { try { return localStorage.getItem(CHOSEN); } catch { return null; } };
  const remember = (slug) => { try { localStorage.setItem(CHOSEN, slug); } catch { /* a browser that keeps nothing */ } };

  const show = (slug) => {
    for (const sample of document.querySelectorAll("[data-sample]")) sample.hidden = sample.dataset.sample !== slug;
    for (const button of document.querySelectorAll("[data-choose]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === slug));
    }
  };

  for (const box of document.querySelectorAll("[data-samples]")) {
    const samples = [...box.querySelectorAll("[data-sample]")];
    if (!samples.length) continue;
    const choice = document.createElement("div");
    choice.className = "choice";
    choice.setAttribute("role", "group");
    choice.setAttribute("aria-label", "Language of the samples");
    for (const sample of samples) {
      const title = sample.querySelector("h4");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.choose = sample.dataset.sample;
      button.textContent = title.textContent;
      title.hidden = true;
      button.addEventListener("click", () => {
        const before = button.getBoundingClientRect().top;
        show(sample.dataset.sample);
        remember(sample.dataset.sample);
        window.scrollBy(0, button.getBoundingClientRect().top - before); // samples above differ in length
      });
      choice.append(button);
    }
    box.prepend(choice);
  }
  const first = document.querySelector("[data-sample]");
  if (first) {
    const wanted = remembered();
    show(document.querySelector(`[data-sample="${CSS.escape(wanted || "")}"]`) ? wanted : first.dataset.sample);
  }

  // --- A link to an operation opens it ---
  const open = () => {
    const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (wanted && wanted.matches("details")) {
      wanted.open = true;
      wanted.hidden = wanted.closest(".tag").hidden = false; // also when the search has left it out
      wanted.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();

  // --- Search: operations by method, path, title and members; guides by their headings ---
  const field = document.querySelector("[data-filter]");
  if (!field) return;
  const found = field.querySelector("[data-found]");
  const operations = [...document.querySelectorAll(".operation")];
  const textOf = (operation) => `${operation.querySelector("summary").textContent} ${operation.dataset.words}`.toLowerCase();
  const texts = new Map(operations.map((operation) => [operation, textOf(operation)]));
  field.hidden = false;

  const filterReference = (words) => {
    for (const operation of operations) {
      operation.hidden = !words.every((word) => texts.get(operation).includes(word));
    }
    for (const tag of document.querySelectorAll(".tag")) {
      tag.hidden = !tag.querySelector(".operation:not([hidden])");
    }
  };
  const textOfLink = (link) => {
    const operation = operations.find((one) => link.hash === `#${one.id}`);
    return operation ? texts.get(operation) : link.textContent.toLowerCase();
  };
  const filterNavigation = (words) => {
    let count = 0;
    for (const item of document.querySelectorAll(".docs-nav > ul > li")) {
      let left = 0;
      for (const link of item.querySelectorAll("li > a")) {
        if (link.parentElement === item) continue;
        link.parentElement.hidden = !words.every((word) => textOfLink(link).includes(word));
        left += link.parentElement.hidden ? 0 : 1;
      }
      const own = item.querySelector("a").textContent.toLowerCase();
      item.hidden = left === 0 && !words.every((word) => own.includes(word));
      count += left;
    }
    return count;
  };
  field.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    filterReference(words);
    const count = filterNavigation(words);
    document.querySelector(".docs-nav").classList.toggle("is-searched", words.length > 0);
    found.textContent = words.length ? `${count} found` : "";
  });
})();
