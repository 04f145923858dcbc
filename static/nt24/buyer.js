/* The page of a buyer's papers: a file is sent as soon as it is chosen or dropped, with progress and without a reload.
   Every answer of the server is the page itself, of which only the parts marked with data-swap are taken over. When
   something else comes, or nothing, the card says so and keeps the file for another try. Without this file the same
   forms work with their buttons. */
(() => {
  "use strict";

  const page = document.querySelector("[data-papers]");
  if (!page) return;
  const say = page.dataset;
  const live = page.querySelector("[data-live]");
  const ACCEPTED = ["application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif"];
  const PASSING = [400, 403, 429, 503]; // of our own page: cut off, its cookie gone, too many files, too busy
  document.documentElement.classList.add("js");
  for (const hint of page.querySelectorAll("[data-drop-hint]")) hint.hidden = false;

  const announce = (text) => {
    live.textContent = "";
    window.setTimeout(() => { live.textContent = text; }, 100);
  };

  const titleOf = (card) => card.querySelector("h2").textContent;

  const refuse = (card, text) => {
    for (const said of card.querySelectorAll(".alert, .again-line")) said.remove();
    const alert = document.createElement("p");
    alert.className = "alert invalid";
    alert.setAttribute("role", "alert");
    alert.textContent = text;
    card.querySelector(".paper-head").after(alert);
    for (const input of card.querySelectorAll("input[type=file]")) input.value = "";
  };

  /* The form of the card for the next try; an answer may have drawn it anew. */
  const sameForm = (card, form) => (form.isConnected ? form : card.querySelector(`form[action="${form.getAttribute("action")}"]`));

  /* The next try sends the same file: nobody has to choose or photograph it again. */
  const offerAgain = (card, form, file) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = say.again;
    button.addEventListener("click", () => send(sameForm(card, form), file));
    const line = document.createElement("p");
    line.className = "again-line";
    if (file) line.append(`${say.kept} ${file.name} `);
    line.append(button);
    card.querySelector(".alert").after(line);
  };

  const failed = (card, form, file, text) => {
    refuse(card, text);
    offerAgain(card, form, file);
  };

  /* Says what an answer that is not the page means: a link that has ended, or somebody else's words. */
  const explain = (card, form, file, status, answer) => {
    const closed = answer.querySelector("[data-closed]");
    if (closed && [404, 410].includes(status)) {
      window.location.reload(); // the page that comes says why the link has ended
      return;
    }
    if (closed) failed(card, form, file, [...closed.querySelectorAll("h1, .lead")].map((part) => part.textContent).join(". "));
    else failed(card, form, file, status >= 500 ? say.unavailable : say.foreign);
  };

  /* The changed parts of an answer by name; null unless it is the page of this link from its first part to its last. */
  const partsOf = (card, answer) => {
    const names = [card.dataset.swap, "progress", "finish"];
    const parts = names.map((name) => [name, answer.querySelector(`[data-papers] [data-swap="${name}"]`)]);
    const isWhole = answer.querySelector("[data-papers] [data-live]") && parts.every(([, part]) => part);
    return isWhole ? parts : null;
  };

  /* Takes the changed parts over from the answer; what the reader is typing elsewhere stays. */
  const takeOver = (card, form, file, status, html) => {
    const answer = new DOMParser().parseFromString(html, "text/html");
    const parts = partsOf(card, answer);
    if (!parts) {
      explain(card, form, file, status, answer);
      return;
    }
    const hadTick = document.querySelector("#finish input[type=checkbox]").checked;
    for (const [name, part] of parts) {
      document.querySelector(`[data-swap="${name}"]`).replaceWith(document.adoptNode(part));
    }
    document.querySelector("#finish input[type=checkbox]").checked = hadTick;
    document.querySelector("#alert")?.remove();
    const now = document.getElementById(card.id);
    for (const hint of now.querySelectorAll("[data-drop-hint]")) hint.hidden = false;
    now.querySelector("h2").focus();
    const alert = now.querySelector(".alert, .error");
    if (file && PASSING.includes(status) && now.querySelector(".alert")) offerAgain(now, form, file);
    sendNext(now, status);
    announce(`${titleOf(now)}: ${(alert || now.querySelector(".badge")).textContent}. ${document.getElementById("progress-title").textContent}`);
  };

  /* Of several chosen files each is sent by itself, one after the other: behind those that have arrived before. */
  const waiting = new Map();
  const sendNext = (card, status) => {
    const files = waiting.get(card.id) || [];
    if (status >= 400 && status !== 422) return;
    const file = files.shift();
    const form = card.querySelector("[data-more]") || card.querySelector("[data-upload]");
    if (file && form) send(form, file);
  };

  const sendAll = (form, files) => {
    const [first, ...others] = files;
    waiting.set(form.closest("[data-paper]").id, others);
    send(form, first);
  };

  /* A date is sent by itself once it is whole: while a year is typed, it lies in the distant past. */
  const isAnswered = (form) => {
    const day = form.querySelector("[data-not-before]");
    if (!day) return false;
    return form.querySelector("[name=no_expiry]").checked ? !day.value : day.value >= day.dataset.notBefore;
  };

  const send = (form, file) => {
    const card = form.closest("[data-paper]");
    if (card.dataset.busy) return;
    if (file && file.size > Number(say.maxBytes)) return refuse(card, say.tooLarge);
    if (file && file.type && !ACCEPTED.includes(file.type)) return refuse(card, say.wrongType);

    const data = new FormData(form);
    if (file) {
      data.delete("photo");
      data.set("file", file, file.name);
    }
    const request = new XMLHttpRequest();
    const sending = form.querySelector("[data-sending]");
    const bar = sending?.querySelector("progress");
    const percent = sending?.querySelector("[data-percent]");
    /* Slow lines may take as long as they need; silence has an end. */
    let silence = 0;
    const listen = () => {
      window.clearTimeout(silence);
      silence = window.setTimeout(() => {
        request.abort();
        rest();
        failed(card, form, file, say.silent);
      }, Number(say.patienceSeconds) * 1000);
    };
    const rest = () => {
      window.clearTimeout(silence);
      delete card.dataset.busy;
      card.removeAttribute("aria-busy");
      if (sending) sending.hidden = true;
    };
    request.addEventListener("progress", listen);
    request.upload.addEventListener("progress", (event) => {
      listen();
      if (!bar || !event.lengthComputable) return;
      const done = Math.round((event.loaded / event.total) * 100);
      bar.value = done;
      percent.textContent = done < 100 ? `${done} %` : say.checking;
    });
    request.addEventListener("load", () => {
      rest();
      takeOver(card, form, file, request.status, request.responseText);
    });
    request.addEventListener("error", () => {
      rest();
      failed(card, form, file, say.offline);
    });
    card.dataset.busy = "yes";
    card.setAttribute("aria-busy", "true");
    for (const said of card.querySelectorAll(".alert, .again-line")) said.remove();
    if (sending) {
      sending.hidden = false;
      announce(say.sending);
    }
    listen();
    request.open("POST", form.action);
    request.send(data);
  };

  page.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type === "file" && input.files.length) sendAll(input.form, [...input.files]);
    else if (input.form?.matches("[data-waits]") && isAnswered(input.form)) send(input.form);
  });
  page.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-upload], [data-change]")) return;
    event.preventDefault();
    const chosen = [...event.target.querySelectorAll("input[type=file]")].find((input) => input.files.length);
    sendAll(event.target, chosen ? [...chosen.files] : [undefined]);
  });

  const cardUnder = (event) => event.target.closest?.("[data-paper]");
  for (const name of ["dragenter", "dragover"]) {
    page.addEventListener(name, (event) => {
      event.preventDefault();
      cardUnder(event)?.classList.add("is-over");
    });
  }
  page.addEventListener("dragleave", (event) => {
    const card = cardUnder(event);
    if (card && !card.contains(event.relatedTarget)) card.classList.remove("is-over");
  });
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    const card = cardUnder(event);
    if (!card) return;
    card.classList.remove("is-over");
    const form = card.querySelector("[data-more]") || card.querySelector("[data-upload]");
    if (event.dataTransfer.files.length) sendAll(form, [...event.dataTransfer.files]);
  });
})();
