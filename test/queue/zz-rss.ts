import { openBackend } from '/work/main/src/queue/backend.ts';
import { createEngine } from '/work/main/src/queue/engine.ts';
const url=process.argv[2];
const log={debug(){},info(){},warn(){},error(){}};
const t0=performance.now();
const backend=await openBackend(url,{log,prefix:'{rss'+process.pid+'}'});
const t1=performance.now();
let n=0,done;const all=new Promise(r=>done=r);
const N=Number(process.argv[3]);
const policy:any={name:'p',suspend:false,schedule:{type:'interval',intervalMs:3600000}};
const e=createEngine({backend,roles:new Set(['scheduler','worker']),accounts:[{name:'a',concurrency:20}],policies:()=>({revision:'sha256:1',policies:[policy]}),
 async *discover(){for(let i=0;i<N;i++) yield {target:{account:'a',path:'x/'+i},attributes:{name:'n'+i}}},
 reconcile:async({target}:any)=>({target,status:'in-sync',performed:[]}) as any,onReport(){ if(++n===N) done();},log,now:()=>new Date(),newId:()=>crypto.randomUUID()} as any);
await e.start();
await all;
console.log(url.slice(0,8),'open',Math.round(t1-t0),'ms; start to',N,'passes',Math.round(performance.now()-t1),'ms; rss MB',Math.round(process.memoryUsage().rss/1e6));
await new Promise(r=>setTimeout(r,1500)); globalThis.gc?.();
console.log('idle rss MB',Math.round(process.memoryUsage().rss/1e6));
const s=performance.now(); await e.stop({graceMs:5000}); await backend.close(); console.log('stop',Math.round(performance.now()-s)); 
