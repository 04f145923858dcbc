/* Copy buttons, and a filter for the reference. Without a script both are simply not there. */
(() => {
  "use strict";

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

  const open = () => {
    const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (wanted && wanted.matches("details")) {
      wanted.open = true;
      wanted.hidden = wanted.closest(".tag").hidden = false; // also when the filter has left it out
      wanted.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();

  const field = document.querySelector("[data-filter]");
  if (field) {
    const found = field.querySelector("[data-found]");
    field.hidden = false;
    field.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const tag of document.querySelectorAll(".tag")) {
        let left = 0;
        for (const operation of tag.querySelectorAll(".operation")) {
          const text = operation.querySelector("summary").textContent.toLowerCase();
          operation.hidden = !words.every((word) => text.includes(word));
          left += operation.hidden ? 0 : 1;
        }
        tag.hidden = left === 0;
        count += left;
      }
      found.textContent = words.length ? `${count} found` : "";
    });
  }
})();
