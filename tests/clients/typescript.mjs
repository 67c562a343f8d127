// Lets Node run the generated TypeScript as it is: a name that ends in .js is a file in .ts.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith(".") && specifier.endsWith(".js");
    return next(isOurs ? specifier.replace(/\.js$/, ".ts") : specifier, context);
  },
});
