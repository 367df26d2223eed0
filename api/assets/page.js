// Draws the document. The validator badge would ask another host, so it is off.
SwaggerUIBundle({ url: "/schema/openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null });
