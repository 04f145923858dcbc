/* Starts Swagger UI on /docs from our own files. It asks no validator and follows the colour scheme of the reader. */
(() => {
  "use strict";

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  follow();
  dark.addEventListener("change", follow);

  const place = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    layout: "BaseLayout",
    presets: [window.SwaggerUIBundle.presets.apis],
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: false,
  });
})();
