import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// Regions that scroll, charts and lanes take the focus, as WCAG wants it (axe checks it in web/test); the compiler knows
// neither that they scroll nor role=application.
const ours = ['a11y_no_noninteractive_tabindex', 'a11y_no_noninteractive_element_interactions'];

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { warningFilter: (warning) => !ours.includes(warning.code) },
};
