// Runs before dbt's application, under a policy that allows no inline style: what the application writes as a style
// attribute or a <style> element is set through the CSS object model, which the policy allows.
(() => {
  "use strict";
  const made = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  };
  const adopt = (text) => {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, made(text)];
  };
  // The styles of the templates stand in the body where dbt ships the page: they come after those in the head.
  document.addEventListener("DOMContentLoaded", () => adopt(window.dbtDocs.styles));

  // What AngularJS writes into the page itself unless it is told of a policy (angular-csp.css of AngularJS 1.8, MIT).
  adopt(
    "[ng\\:cloak], [ng-cloak], [data-ng-cloak], [x-ng-cloak], .ng-cloak, .x-ng-cloak, " +
      ".ng-hide:not(.ng-hide-animate) { display: none !important; } ng\\:form { display: block; } " +
      ".ng-animate-shim { visibility: hidden; } .ng-anchor { position: absolute; }",
  );

  // style-loader and cytoscape make <style> elements. They get an element that takes the text and styles nothing.
  const createElement = Document.prototype.createElement;
  Document.prototype.createElement = function (name, ...more) {
    if (String(name).toLowerCase() !== "style") return createElement.call(this, name, ...more);
    const element = createElement.call(this, "meta");
    element.appendChild = (node) => (adopt(node.textContent), node);
    Object.defineProperty(element, "innerHTML", { set: adopt, get: () => "" });
    return element;
  };

  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (String(name).toLowerCase() === "style") {
      this.style.cssText = value;
    } else {
      setAttribute.call(this, name, value);
    }
  };

  // The application's templates carry data-style where dbt wrote style (see warehouse/dbt_page.py).
  const apply = (root) => {
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    const marked = root.querySelectorAll("[data-style]");
    for (const element of root.hasAttribute("data-style") ? [root, ...marked] : marked) {
      element.style.cssText += `;${element.dataset.style}`;
      element.removeAttribute("data-style");
    }
  };
  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(apply);
  }).observe(document, { childList: true, subtree: true });
})();
