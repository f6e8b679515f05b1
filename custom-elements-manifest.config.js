/** Editor data and documentation are made from the class comment of the element. */
export default {
  globs: ['widget/taskpilot-chat.ts'],
  outdir: 'widget/dist',
  litelement: true,
};
