/** A plugin that burns its processor and says nothing: what it costs others, the scheduler costs them. */

for (;;) Math.random();
