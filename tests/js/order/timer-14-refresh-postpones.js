const t = setTimeout(() => console.log('postponed to 180'), 120);
setTimeout(() => { console.log('refresh'); t.refresh(); }, 60);
setTimeout(() => console.log('150 comes first'), 150);
setTimeout(() => console.log('260'), 260);
