/* The sounds of a verdict, made here: two knocks (vaccinated), one beep (exempt), five dings (invalid).
   Each thought sounds once. Where the browser wants a tap first, a button asks for it. */
"use strict";

(() => {
  const region = () => document.getElementById("live");
  const button = () => document.getElementById("sound-on");
  let context = null;
  let last = region().dataset.verdict;

  function tone(at, { pitch, length, shape, level, drop = 1 }) {
    const source = context.createOscillator();
    const volume = context.createGain();
    source.type = shape;
    source.frequency.setValueAtTime(pitch, at);
    source.frequency.exponentialRampToValueAtTime(pitch * drop, at + length);
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(level, at + 0.006);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + length);
    source.connect(volume).connect(context.destination);
    source.start(at);
    source.stop(at + length + 0.02);
  }

  const knock = { pitch: 190, length: 0.14, shape: "triangle", level: 0.9, drop: 0.45 };
  const beep = { pitch: 880, length: 0.32, shape: "sine", level: 0.5 };
  const ding = { pitch: 1320, length: 0.2, shape: "sine", level: 0.5 };
  const SOUNDS = {
    vaccinated: [[0, knock], [0.2, knock]],
    exempt: [[0, beep]],
    invalid: [0, 0.22, 0.44, 0.66, 0.88].map((when) => [when, ding]),
  };

  function ready() {
    context ??= new AudioContext();
    const silent = context.state !== "running";
    const tap = button();
    if (tap) tap.hidden = !silent;
    return !silent;
  }

  function play(sound) {
    // What was played is also left in the page, so that a test can hear it.
    region().dataset.ownPlayed = `${region().dataset.verdict}:${sound}`;
    if (!ready()) return;
    const now = context.currentTime + 0.02;
    for (const [when, what] of SOUNDS[sound]) tone(now + when, what);
  }

  document.addEventListener("live:shown", () => {
    const { verdict, sound } = region().dataset;
    if (verdict !== last) {
      last = verdict;
      if (sound in SOUNDS) play(sound);
    }
    ready();
  });

  // Not when the finger comes down: the button that goes would move what it is on.
  document.addEventListener("click", () => {
    context ??= new AudioContext();
    context.resume().then(ready);
  });

  ready();
  context.addEventListener("statechange", ready);
})();
