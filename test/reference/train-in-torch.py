"""Trains torchvision's two-class ResNet-18 a little, saves it in two containers, prints P(PNEUMONIA) of its images as JSON.

/usr/bin/python3 train-in-torch.py FOLDER NORMAL.. PNEUMONIA..    the first half of the images is NORMAL
"""
import json, os, sys
import numpy, torch, torchvision
from PIL import Image

folder, *files = sys.argv[1:]
torch.manual_seed(1)
images = [numpy.asarray(Image.open(f).convert("RGB").resize((224, 224), Image.BILINEAR)) for f in files]
x = torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).float() / 255
y = torch.arange(len(files)) * 2 // len(files)
model = torchvision.models.resnet18(num_classes=2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
for _ in range(3):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
torch.save(model.state_dict(), os.path.join(folder, "trained.pth"))
torch.save(model.state_dict(), os.path.join(folder, "trained-stream.pth"), _use_new_zipfile_serialization=False)
model.eval()
with torch.no_grad():
    print(json.dumps(torch.softmax(model(x), 1)[:, 1].tolist()))
